import type { BuildVersion } from '../crds/control.ts';

// Compiled in by the image build; absent when run from source.
declare const __BUILD_TAG__: string | undefined;
declare const __BUILD_COMMIT__: string | undefined;
declare const __BUILD_AT__: string | undefined;

/** What was built. Never taken from the environment: a tag can be trusted because of that. */
export const buildVersion: BuildVersion = {
  tag: typeof __BUILD_TAG__ === 'string' ? __BUILD_TAG__ : 'dev',
  commit: typeof __BUILD_COMMIT__ === 'string' ? __BUILD_COMMIT__ : 'dev',
  builtAt: typeof __BUILD_AT__ === 'string' ? __BUILD_AT__ : 'dev',
};
