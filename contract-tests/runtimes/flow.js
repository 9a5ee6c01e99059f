import { createUnbilledUsageClient } from 'partner-unbilled-usage';

/** Runs an export and reads its line items, with numbers as text. Returns their count and digest. */
export async function readExport(baseUrl) {
  const client = createUnbilledUsageClient({ credential: 'any', baseUrl });
  const lines = [];
  const request = { currencyCode: 'USD', billingPeriod: 'last' };
  for await (const item of client.exportLineItems(request, { numbers: 'string', timeoutMs: 20_000 })) {
    lines.push(`${JSON.stringify(item)}\n`);
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join('')));
  const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { count: lines.length, sha256 };
}
