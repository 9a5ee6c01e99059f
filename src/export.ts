import type { Manifest, Operation, PublicError } from '../generated/index.ts';

/** Where an export can be asked for. Plain JSON: store it and go on in another process, another day. */
export interface ExportHandle {
  operationId: string;
  /**
   * The `Location` that the service answered with, as an absolute URL without user info, query and fragment. It is for
   * people: the library uses only the id.
   */
  location: string;
}

/** What one poll says. `retryAfterMs` is how long the service asks to wait before the next one, in ms. */
export type ExportStatus =
  | { state: 'running'; operation: Operation; retryAfterMs?: number | undefined }
  | { state: 'succeeded'; operation: Operation; manifest: Manifest }
  | { state: 'failed'; operation: Operation; error: PublicError };
