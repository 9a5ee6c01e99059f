import type { Mock } from '../mock/start-mock.ts';

/** Returns the text that the mock prints when it is ready. The indented lines can be pasted into a shell. */
export function guide({ baseUrl, storageUrl }: Mock, { items, blobs }: { items: number; blobs: number }): string {
  const plural = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
  return `The mock runs at ${baseUrl} (and /beta), and its storage at ${storageUrl}.
It has ${plural(items, 'made-up line item')} in ${plural(blobs, 'blob')}, and accepts any bearer token. Press Ctrl-C to stop it.

Start an export. The Location of the answer is the URL of the operation:

  operation=$(curl -s -D - -o /dev/null ${baseUrl}/reports/partners/billing/usage/unbilled/export \\
    -H 'Authorization: Bearer any' -H 'Content-Type: application/json' \\
    -d '{"currencyCode":"USD","billingPeriod":"last"}' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
  echo "$operation"

Poll it until it succeeds (notStarted, running, succeeded with the manifest):

  until answer=$(curl -s "$operation" -H 'Authorization: Bearer any'); echo "$answer"; echo "$answer" | grep -q '"succeeded"'
  do sleep 1; done

Download a blob and read its line items:

  field() { printf %s "$answer" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
  curl -s "$(field rootDirectory)/$(field name)?$(field sasToken)" | gunzip

Request any answer of the contract, including failures, by its status and the name of its example:

  curl -s -w '\\n' "$operation" -H 'Authorization: Bearer any' -H 'Prefer: code=200, example=failedNoData'
  curl -si -w '\\n' "$operation" -H 'Authorization: Bearer any' -H 'Prefer: code=429'
`;
}
