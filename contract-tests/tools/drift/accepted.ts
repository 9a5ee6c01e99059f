/**
 * The differences between our contract and the vendor's description that are known, and why they may stay. An entry that
 * the vendor's description no longer gives cause for is an error: it has to go.
 */
export const accepted: Record<string, string> = {
  'response body new: POST /reports/partners/billing/usage/unbilled/export 202':
    'The documentation shows a 202 without a body. The description has been made from metadata, which knows that the action returns an operation, but not that only its URL comes back.',

  // Metadata has no way to require an action's parameter; the documentation of the action does.
  'request property not required: UnbilledUsageExportRequest.currencyCode': 'Documented as required.',
  'request property not required: UnbilledUsageExportRequest.billingPeriod': 'Documented as required.',

  // In metadata everything may be null that does not say otherwise. No answer has been seen in which these are.
  'may be null: OperationBase.status (microsoft.graph.partners.billing.operation.status)':
    'Every documented and observed operation has one. The client needs it only where it does not know the type.',
  'may be null: PublicError.code (microsoft.graph.publicError.code)':
    'What went wrong: documented as present, and a failure without it could not be told from the one for lack of data.',
  'may be null: PublicError.message (microsoft.graph.publicError.message)': 'Documented as present.',
  'may be null: ErrorDetail.code (microsoft.graph.publicErrorDetail.code)': 'Never seen; the client does not read it.',
  'may be null: ErrorDetail.message (microsoft.graph.publicErrorDetail.message)':
    'Never seen; the client does not read it.',
  'may be null: InnerError.date (microsoft.graph.ODataErrors.InnerError.date)': 'The gateway sets it on every error.',
  'may be null: InnerError.request-id (microsoft.graph.ODataErrors.InnerError.request-id)':
    'The gateway sets it on every error.',
  'may be null: InnerError.client-request-id (microsoft.graph.ODataErrors.InnerError.client-request-id)':
    'The gateway sets it on every error.',

  // What answers have and the description has not.
  'response property gone: GraphError.error.innererror': 'The spelling of older parts of the service.',
  'response property gone: InnerError.code': 'Documented for nested inner errors, whose code is the more exact one.',
};
