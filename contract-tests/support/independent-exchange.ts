export type Kind = 'export' | 'operation' | 'manifest' | 'blob' | 'other';

/** A request. Header names are in lower case, as in the answer. */
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

/** A fault of the service: `before` changes a request before it is handled, `after` changes the answer. */
export interface Fault {
  before?: (request: ServiceRequest) => void;
  after?: (answer: ServiceAnswer, request: ServiceRequest) => void;
}

export interface ServiceOptions {
  /** Puts a navigation link to the manifest in the operation, instead of the manifest. */
  linked?: boolean;
  outcome?: 'succeeded' | 'noData';
  fault?: Fault;
}
