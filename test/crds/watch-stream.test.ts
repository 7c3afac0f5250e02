import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { watchStream } from '../../crds/kube/watch-stream.ts';
import type { Thing } from './faults.ts';

describe('the kill path', () => {
  /** A dispatcher whose bytes the test sends by hand. */
  function byHand({ late = false } = {}) {
    let handler: Dispatcher.DispatchHandler = {};
    let aborts = 0;
    const abort = () => {
      aborts += 1;
    };
    const controller = { abort } as unknown as Dispatcher.DispatchController;
    const startLate = () => handler.onRequestStart?.(controller, {});
    const dispatcher = {
      dispatch(_: unknown, given: Dispatcher.DispatchHandler) {
        handler = given;
        if (late) return true;
        handler.onRequestStart?.(controller, {});
        handler.onResponseStart?.(controller, 200, {});
        return true;
      },
    } as unknown as Dispatcher;
    const connection: KubeConnection = {
      ...{ origin: 'http://server', dispatcher },
      authorization: () => undefined,
      close: async () => undefined,
    };
    const bytes = (data: Buffer) => handler.onResponseData?.(controller, data);
    return { connection, bytes, startLate, aborted: () => aborts };
  }

  function streamed(how = {}) {
    const { connection, ...hand } = byHand(how);
    const seen: string[] = [];
    const stop = new AbortController();
    const end = watchStream<Thing>({
      ...{ connection, path: '/', idleMs: 0, signal: stop.signal, onOpen: () => undefined },
      onEvent: ({ type, object }) => seen.push(`${type} ${object.metadata.name}`),
    });
    return { ...hand, seen, end, stop };
  }

  const line = (name: string): string =>
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion: '1' } } })}\n`;

  it('delivers an event in the turn in which its last byte arrives', () => {
    const { bytes, seen } = streamed();
    bytes(Buffer.from(line('a') + line('b')));
    expect(seen).toEqual(['ADDED a', 'ADDED b']);
  });

  it('puts events together wherever the bytes are cut, also inside a character', () => {
    const text = Buffer.from(line('İstanbul') + line('güneş'));
    for (let cut = 1; cut < text.length; cut++) {
      const { bytes, seen } = streamed();
      bytes(text.subarray(0, cut));
      bytes(text.subarray(cut));
      expect(seen).toEqual(['ADDED İstanbul', 'ADDED güneş']);
    }
  });

  it('stops in the middle of a chunk', async () => {
    const { connection, bytes } = byHand();
    const stop = new AbortController();
    const seen: string[] = [];
    const end = watchStream<Thing>({
      ...{ connection, path: '/', idleMs: 0, signal: stop.signal, onOpen: () => undefined },
      onEvent: ({ object }) => {
        seen.push(object.metadata.name);
        stop.abort();
      },
    });
    bytes(Buffer.from(line('a') + line('b')));
    expect(await end).toEqual({ kind: 'stopped' });
    expect(seen).toEqual(['a']);
  });

  it('opens nothing when stopped while it waits for a socket', async () => {
    const { stop, end, aborted, startLate } = streamed({ late: true });
    stop.abort();
    expect(await end).toEqual({ kind: 'stopped' });
    startLate();
    expect(aborted()).toBe(1);
  });
});
