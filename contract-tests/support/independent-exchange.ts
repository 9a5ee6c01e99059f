export type Kind = 'export' | 'operation' | 'manifest' | 'blob' | 'other';

/** Names of headers are in lower case, here and in the answer. */
export interface ServiceRequest {
  kind: Kind;
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string;
}

export interface ServiceAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** How a broken service differs from this one: `before` changes what it sees of a request, `after` what it answers. */
export interface Fault {
  before?: (request: ServiceRequest) => void;
  after?: (answer: ServiceAnswer, request: ServiceRequest) => void;
}

export interface ServiceOptions {
  /** The manifest is behind a navigation link instead of in the operation. */
  linked?: boolean;
  outcome?: 'succeeded' | 'noData';
  fault?: Fault;
}
