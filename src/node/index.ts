export { DirectoryError } from './directory-error.ts';
export { type DownloadedFile, type DownloadOptions, type DownloadResult, downloadExport } from './download-export.ts';
