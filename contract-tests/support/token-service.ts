import { constants, verify, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { listen } from '../kit/mock/listen.ts';

export interface TokenService {
  url: string;
  /** The requests for tokens, oldest first. */
  requests: URLSearchParams[];
  close: () => Promise<void>;
}

/**
 * Starts a replacement for Microsoft Entra. It gives a token to a client that signs with the private key in `pem`,
 * which is also the key of the service. It uses the `adfs` tenant, for which the vendor's library does not look up
 * authorities.
 */
export async function startTokenService(pem: string, token: string): Promise<TokenService> {
  const { publicKey } = new X509Certificate(pem);
  const requests: URLSearchParams[] = [];
  const server = createServer({ key: pem, cert: pem }, async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const issuer = `https://${request.headers.host}/adfs`;
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'GET') {
      const paths = { authorization_endpoint: 'authorize', token_endpoint: 'token', jwks_uri: 'keys' };
      const endpoints = Object.entries(paths).map(([name, path]) => [name, `${issuer}/oauth2/${path}`]);
      return send(200, { issuer, ...Object.fromEntries(endpoints) });
    }
    requests.push(form);
    const [head, claims, signature = ''] = (form.get('client_assertion') ?? '').split('.');
    const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING };
    return verify('sha256', Buffer.from(`${head}.${claims}`), pss, Buffer.from(signature, 'base64url'))
      ? send(200, { token_type: 'Bearer', expires_in: 3_600, access_token: token })
      : send(401, { error: 'invalid_client', error_description: 'The signature is wrong.' });
  });
  const { host, close } = await listen(server);
  return { url: `https://${host}`, requests, close };
}
