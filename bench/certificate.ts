import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { run } from './run.ts';

/** Creates a key with a certificate for this machine, in PEM, and makes this process trust it. Needs openssl. */
export async function createCertificate(): Promise<string | undefined> {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-'];
  const created = await run('openssl', ['req', '-x509', '-days', '1', ...subject, ...key], 'pipe').catch(
    () => undefined,
  );
  if (created) setDefaultCACertificates([...getCACertificates(), created.stdout]);
  return created?.stdout;
}
