import { randomUUID } from 'node:crypto';
import type { ExportRequest, Manifest } from '../document/manifest.ts';
import type { Scenario, Step } from './scenarios.ts';

/** The data of an export in the storage. */
export interface ExportData {
  /** Resolves with whether its blobs are complete, perhaps after a second. */
  isReady: () => Promise<boolean>;
  /** Returns the manifest with a new SAS, as soon as the blobs are complete. */
  manifest: () => Promise<Manifest>;
}

/** An operation of the mock. */
export interface PlayedOperation {
  startedAt: Date;
  data: ExportData;
  polls: number;
}

/** The state of the mock, since Prism has none: which operations and manifests exist, and how far each operation is. */
export class Story {
  readonly #scenario: Pick<Scenario, 'steps' | 'throttles'>;
  readonly #store: (request: ExportRequest) => ExportData;
  readonly #operations = new Map<string, PlayedOperation>();
  readonly #manifests = new Map<string, ExportData>();
  #requests = 0;
  #sample: PlayedOperation | undefined;

  /** @param store Stores the data of a new export. */
  constructor(scenario: Pick<Scenario, 'steps' | 'throttles'>, store: (request: ExportRequest) => ExportData) {
    this.#scenario = scenario;
    this.#store = store;
  }

  /** Counts a request to Microsoft Graph. Returns whether it is throttled. */
  throttles(): boolean {
    return this.#scenario.throttles === true && this.#requests++ % 2 === 0;
  }

  /** Starts an export. Returns the ID of its operation. */
  start(request: ExportRequest, id: string = randomUUID()): string {
    this.#operations.set(id, this.#newOperation(request));
    return id;
  }

  hasOperation(id: string): boolean {
    return this.#operations.has(id);
  }

  hasManifest(id: string): boolean {
    return this.#manifests.has(id);
  }

  /** Returns an operation, or a sample if a request with a `Prefer` header made the ID up. */
  operation(id: string): PlayedOperation {
    this.#sample ??= this.#newOperation({ currencyCode: 'USD', billingPeriod: 'last' });
    return this.#operations.get(id) ?? this.#sample;
  }

  /** Counts a poll of an operation, and returns the answer. An operation stays in `running` until its data is ready. */
  async next(id: string): Promise<Step> {
    const { steps } = this.#scenario;
    const operation = this.operation(id);
    const step = steps[Math.min(operation.polls, steps.length - 1)] ?? '';
    if (`${step}`.startsWith('succeeded') && !(await operation.data.isReady())) return 'running';
    operation.polls++;
    return step;
  }

  /** Returns the manifest of an operation, which from now on can also be requested by its own ID. */
  async manifestOf(operation: string): Promise<Manifest> {
    const { data } = this.operation(operation);
    const manifest = await data.manifest();
    if (manifest.id !== undefined) this.#manifests.set(manifest.id, data);
    return manifest;
  }

  async manifest(id: string): Promise<Manifest> {
    const data = this.#manifests.get(id) ?? this.operation('').data;
    return data.manifest();
  }

  #newOperation(request: ExportRequest): PlayedOperation {
    return { startedAt: new Date(), data: this.#store(request), polls: 0 };
  }
}
