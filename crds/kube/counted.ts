import type { Dispatcher } from 'undici';
import type { KubeConnection } from './connection.ts';

/** `code` is the HTTP status, or client-go's `<error>` where there was no answer. */
export type RequestCounter = (method: string, code: string, host: string) => void;

const NO_ANSWER = '<error>';

/** The same way to the API server, with every request counted once, watches at their first byte. */
export function counted(connection: KubeConnection, count: RequestCounter): KubeConnection {
  const { host } = new URL(connection.origin);
  const composed = new WeakMap<Dispatcher, Dispatcher>();
  return {
    origin: connection.origin,
    get dispatcher() {
      const plain = connection.dispatcher;
      const known = composed.get(plain);
      if (known !== undefined) return known;
      const made = plain.compose(
        (dispatch) => (options, handler) =>
          dispatch(
            options,
            counting(handler, (code) => count(options.method, code, host)),
          ),
      );
      composed.set(plain, made);
      return made;
    },
    authorization: () => connection.authorization(),
    close: () => connection.close(),
  };
}

function counting(
  handler: Dispatcher.DispatchHandler,
  count: (code: string) => void,
): Dispatcher.DispatchHandler {
  let isCounted = false;
  const once = (code: string) => {
    if (!isCounted) count(code);
    isCounted = true;
  };
  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart(controller, status, headers, message) {
      if (status >= 200) once(String(status));
      handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError(controller, error) {
      once(NO_ANSWER);
      handler.onResponseError?.(controller, error);
    },
  };
}
