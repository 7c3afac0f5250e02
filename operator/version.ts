// Compiled in by the image build; absent when run from source.
declare const __BUILD_TAG__: string | undefined;

/** The release tag of this operator. Never taken from the environment: it can be trusted for that. */
export const releaseTag: string = typeof __BUILD_TAG__ === 'string' ? __BUILD_TAG__ : 'dev';
