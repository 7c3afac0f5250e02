/** In place of S3's code when there was no answer. */
export const NO_ANSWER = 'NoAnswer';

export interface FailureFacts {
  readonly status?: number;
  /** As S3 names it: `AccessDenied`. */
  readonly code: string;
  readonly why: string;
}

/** What a bucket did not do, in words that end with what to do. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly status: number | undefined;
  readonly code: string;

  constructor(what: string, { status, code, why }: FailureFacts) {
    const said = status === undefined ? why : `HTTP ${status} ${code}: ${why}`;
    const remedy = REMEDIES[code];
    super(`${what}: ${said}${remedy === undefined ? '' : ` (${remedy})`}`);
    this.status = status;
    this.code = code;
  }
}

const WRITE_SECRET = 'write the credentials Secret anew';
const REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied: 'the key needs s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there',
  InvalidAccessKeyId: WRITE_SECRET,
  SignatureDoesNotMatch: WRITE_SECRET,
  ExpiredToken: WRITE_SECRET,
  NoSuchBucket: 'make the bucket, or correct its name',
  PermanentRedirect: 'correct endpoint and region',
  AuthorizationHeaderMalformed: 'correct the region',
  RequestTimeTooSkewed: 'set the clock of the node',
};

const PASSING_STATUS = [408, 429, 500, 502, 503, 504];

/** May the same call go well a moment later? A full bucket (507, a quota's 4xx) does not empty itself. */
export const isPassing = ({ status, code }: S3Failure): boolean =>
  status === undefined || PASSING_STATUS.includes(status) || code === 'RequestTimeout';
