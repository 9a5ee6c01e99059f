import type { Manifest, Operation, PublicError } from '../generated/index.ts';

/** Identifies an export. It is plain JSON: store it, and continue in another process on another day. */
export interface ExportHandle {
  /** The ID of the operation at the service. */
  operationId: string;
  /**
   * The `Location` that the service sent, as an absolute URL without user info, query and fragment. It is for people:
   * the library uses only the ID.
   */
  location: string;
}

/** The result of one poll. `state` tells which. */
export type ExportStatus = {
  /** The answer of the service. */
  operation: Operation;
} & (
  | {
      state: 'running';
      /** The wait, in ms, that the service asks for before the next poll. */
      retryAfterMs?: number | undefined;
    }
  | {
      state: 'succeeded';
      /** Lists the blobs. Contains the SAS, a secret. */
      manifest: Manifest;
    }
  | {
      state: 'failed';
      /** Why the export failed. Code `5000` means that there is no data. */
      error: PublicError;
    }
);
