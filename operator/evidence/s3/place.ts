/** Where in which bucket packs are. */
export interface S3Place {
  /** Origin, perhaps with a path, before `/BUCKET/KEY`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before every key: empty, or ends with a slash. */
  readonly prefix: string;
  /** Folder with the files `accessKeyId`, `secretAccessKey` and perhaps `sessionToken`. */
  readonly credentialsDir: string;
  /** PEM of who signed the endpoint's certificate; undefined: a public authority. */
  readonly caFile: string | undefined;
}
