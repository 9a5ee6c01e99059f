/** The body of an export. */
export interface ExportRequest {
  currencyCode: string;
  billingPeriod: 'current' | 'last';
  attributeSet?: 'full' | 'basic';
}

/** The data needed to read the blobs of an export. */
export interface Manifest {
  id?: string;
  eTag?: string;
  dataFormat?: string;
  partitionType?: string;
  rootDirectory: string;
  /** A secret. */
  sasToken: string;
  blobCount?: number;
  blobs: { name: string; partitionValue?: string }[];
}
