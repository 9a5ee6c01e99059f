/** A story that the mock plays. */
export interface Scenario {
  summary: string;
  /** The named examples of the contract that answer the polls of an operation in turn. The last one repeats. */
  story: readonly string[];
  /** The documentation of the behaviour. */
  see: string;
}

const resources = 'https://learn.microsoft.com/graph/api/resources';

export const scenarios = {
  success: {
    summary: 'the export succeeds, with the manifest in the operation (as observed)',
    story: ['notStarted', 'running', 'succeededEmbedded'],
    see: `${resources}/partners-billing-exportsuccessoperation`,
  },
  linked: {
    summary: 'the export succeeds, with a link to the manifest in the operation (as documented)',
    story: ['notStarted', 'running', 'succeededLinked'],
    see: `${resources}/partners-billing-operation`,
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
