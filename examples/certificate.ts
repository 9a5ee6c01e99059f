// The usage read as an application that has a certificate and no password. It asks Microsoft Entra for the token, so it
// needs a real app registration:
//
//   AZURE_TENANT_ID=… AZURE_CLIENT_ID=… AZURE_CLIENT_CERTIFICATE_PATH=app.pem npx node examples/certificate.ts
//
// The PEM file holds the private key and the certificate; the registration has the certificate, `PartnerBilling.Read.All`
// and an administrator's consent.
import { ClientCertificateCredential } from '@azure/identity';
import { createUnbilledUsageClient } from 'partner-unbilled-usage';

const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH, UNBILLED_USAGE_BASE_URL } = process.env;
if (!AZURE_TENANT_ID || !AZURE_CLIENT_ID || !AZURE_CLIENT_CERTIFICATE_PATH) {
  console.error('AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH have to be set.');
  process.exit(2);
}
const credential = new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH);
const client = createUnbilledUsageClient({ credential, baseUrl: UNBILLED_USAGE_BASE_URL });

const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
for await (const item of client.exportLineItems(request, { numbers: 'string' })) console.log(JSON.stringify(item));
