/**
 * Resumable, verified downloads to a directory, and reading them.
 *
 * @module partner-unbilled-usage/node
 */
export { DirectoryError } from './directory-error.ts';
export { type DownloadedFile, type DownloadOptions, type DownloadResult, downloadExport } from './download-export.ts';
export { readDownload } from './read-download.ts';
