/** How the mock answers a poll: with a named example of the contract, perhaps changed. */
export type Step = string | { example: string; changes: object };

/** A story that the mock plays for each export. */
export interface Scenario {
  summary: string;
  /** What a good client does. Completes the sentence "A client …". */
  client: string;
  /** The answers to the polls of an operation, in turn. The last one repeats. */
  steps: readonly Step[];
  /** Answers 429 to every other request to Microsoft Graph. */
  throttles?: true;
  /** What happens in the storage as soon as a client reads a blob. */
  storage?: StorageFault;
  /** The documentation of the behaviour. */
  see: string;
}

/**
 * `expires`: the first read of an export ends the SAS. `changes`: so it does, and the data becomes another version.
 * `breaks`: the first read of each blob ends in the middle. `truncates`: the last blob is stored without its end.
 */
export type StorageFault = 'expires' | 'changes' | 'breaks' | 'truncates';

const graph = 'https://learn.microsoft.com/graph';
const resources = `${graph}/api/resources`;
const storage = 'https://learn.microsoft.com/rest/api/storageservices';

const succeeds = ['notStarted', 'running', 'succeededEmbedded'];
const readsAll = 'reads every line item.';

export const scenarios = {
  success: {
    summary: 'The export succeeds, with the manifest in the operation (as observed).',
    client: readsAll,
    steps: succeeds,
    see: `${resources}/partners-billing-exportsuccessoperation`,
  },
  linked: {
    summary: 'The export succeeds, with a link to the manifest in the operation (as documented).',
    client: `follows the link and ${readsAll}`,
    steps: ['notStarted', 'running', 'succeededLinked'],
    see: `${resources}/partners-billing-operation`,
  },
  slow: {
    summary: 'The export succeeds at the eighth poll.',
    client: `polls as often as Retry-After says and ${readsAll}`,
    steps: ['notStarted', 'notStarted', ...Array<string>(5).fill('running'), 'succeededEmbedded'],
    see: `${graph}/long-running-actions-overview`,
  },
  'never-ends': {
    summary: 'The export keeps running.',
    client: 'stops after a time limit of its own.',
    steps: ['notStarted', 'running'],
    see: `${graph}/long-running-actions-overview`,
  },
  'no-data': {
    summary: 'The export fails with code 5000, because the period has no usage.',
    client: 'reports that there is no data.',
    steps: ['notStarted', 'running', 'failedNoData'],
    see: `${resources}/partners-billing-failedoperation`,
  },
  failed: {
    summary: 'The export fails for another reason.',
    client: 'reports the code and the message of the error.',
    steps: ['notStarted', 'running', 'failedOther'],
    see: `${resources}/partners-billing-failedoperation`,
  },
  'unknown-status': {
    summary: 'The operation gets a type and a status that the contract does not know.',
    client: 'fails at once instead of polling forever.',
    steps: [
      'notStarted',
      {
        example: 'running',
        changes: { '@odata.type': '#microsoft.graph.partners.billing.pausedOperation', status: 'paused' },
      },
    ],
    see: `${graph}/best-practices-concept`,
  },
  throttled: {
    summary: 'Every other request to Microsoft Graph is answered with 429 and Retry-After.',
    client: `waits as long as Retry-After says, repeats the request, and ${readsAll}`,
    steps: succeeds,
    throttles: true,
    see: `${graph}/throttling`,
  },
  'sas-expires': {
    summary: 'The SAS expires after the first request for a blob.',
    client: `requests the operation again for a new SAS, and ${readsAll}`,
    steps: succeeds,
    storage: 'expires',
    see: `${storage}/create-user-delegation-sas`,
  },
  'data-changes': {
    summary: 'After the first request for a blob, the SAS expires, and the manifest has another eTag and other data.',
    client: 'fails instead of mixing two versions of the data.',
    steps: succeeds,
    storage: 'changes',
    see: `${resources}/partners-billing-manifest`,
  },
  'broken-connection': {
    summary: 'The connection breaks in the middle of each blob, the first time it is read.',
    client: `resumes with Range, or reads the blob again, and ${readsAll}`,
    steps: succeeds,
    storage: 'breaks',
    see: `${storage}/get-blob`,
  },
  'truncated-blob': {
    summary: 'The last blob is stored without its last bytes.',
    client: 'fails, and names the blob.',
    steps: succeeds,
    storage: 'truncates',
    see: 'https://www.rfc-editor.org/rfc/rfc1952',
  },
} satisfies Record<string, Scenario>;

/** How the mock behaves: its README lists the scenarios. */
export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
