/** Where an API server is and who asks it. Plain: it travels to other processes. */
export interface Api {
  readonly origin: string;
  readonly ca: string;
  readonly token: string;
}

/** One executor: its object, and its own TLS port. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The name in its certificate, and who vouches for it; without them any certificate will do. */
  readonly trust?: { readonly servername: string; readonly ca: string };
}

/** One process and one kill. Wall-clock ms of one machine: containers share its clock. */
export interface Reading {
  /** Before the first byte of the kill was handed to a socket. */
  readonly sentAt: number;
  /** When its answer had been read: by then it was accepted. */
  readonly answeredAt: number;
  /** Stamped by the killed process itself. */
  readonly gatedAt: number;
}

/** What is killed: executors, or what they are compared with. */
export interface Contender {
  readonly name: string;
  /** Kills all at once; a reading for each process. */
  kill(): Promise<readonly Reading[]>;
  /** Ends the kill, and waits until each could be killed again. */
  lift(): Promise<void>;
  stop(): Promise<void>;
}

/** Readings of one contender, round by round. */
export type Rounds = readonly (readonly Reading[])[];

/** By contender; the order is that of the table. */
export type Measured = Readonly<Record<string, Rounds>>;

export interface SizeResult {
  readonly size: number;
  readonly measured: Measured;
}
