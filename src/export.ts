import type { Manifest, Operation, PublicError } from '../generated/index.ts';

/** Identifies an export. It is plain JSON: store it, and continue in another process on another day. */
export interface ExportHandle {
  operationId: string;
  /**
   * The `Location` that the service sent, as an absolute URL without user info, query and fragment. It is for people:
   * the library uses only the ID.
   */
  location: string;
}

/** The result of one poll. `retryAfterMs` is the wait, in ms, that the service asks for before the next poll. */
export type ExportStatus =
  | { state: 'running'; operation: Operation; retryAfterMs?: number | undefined }
  | { state: 'succeeded'; operation: Operation; manifest: Manifest }
  | { state: 'failed'; operation: Operation; error: PublicError };
