export { type CheckServiceOptions, checkService } from './checks/check-service.ts';
export type { ShownExchange } from './checks/exchange.ts';
export type { CheckResult, ReportedBreach } from './checks/judge.ts';
export { NoAnswerError } from './checks/no-answer-error.ts';
export type { ScenarioName } from './mock/scenarios.ts';
export { type Mock, type StartMockOptions, startMock } from './mock/start-mock.ts';
