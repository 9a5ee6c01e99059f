// Reads the usage as an application with a certificate instead of a password. It gets its token from Microsoft Entra,
// so it needs a real app registration:
//
//   AZURE_TENANT_ID=… AZURE_CLIENT_ID=… AZURE_CLIENT_CERTIFICATE_PATH=app.pem npx node examples/certificate.ts
//
// The PEM file contains the private key and the certificate. The registration needs the certificate,
// `PartnerBilling.Read.All` and an administrator's consent.
import { ClientCertificateCredential } from '@azure/identity';
import { createUnbilledUsageClient } from 'partner-unbilled-usage';

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH, UNBILLED_USAGE_BASE_URL } = process.env;
if (!AZURE_TENANT_ID || !AZURE_CLIENT_ID || !AZURE_CLIENT_CERTIFICATE_PATH) {
  console.error('Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH.');
  process.exit(2);
}
const credential = new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH);
const client = createUnbilledUsageClient({ credential, baseUrl: UNBILLED_USAGE_BASE_URL });

const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
for await (const item of client.exportLineItems(request, { numbers: 'string' })) console.log(JSON.stringify(item));
