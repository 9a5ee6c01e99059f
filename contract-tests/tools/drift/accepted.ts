/**
 * The known differences between our contract and the vendor's description, and why they are accepted. An entry for a
 * difference that no longer exists is an error and must be removed.
 */
export const accepted: Record<string, string> = {
  'response body new: POST /reports/partners/billing/usage/unbilled/export 202':
    'The documentation shows a 202 without a body. The description is generated from metadata, which says that the action returns an operation, but not that the response only contains its URL.',

  // Metadata cannot mark a parameter of an action as required. The documentation of the action does.
  'request property not required: UnbilledUsageExportRequest.currencyCode': 'Documented as required.',
  'request property not required: UnbilledUsageExportRequest.billingPeriod': 'Documented as required.',

  // In metadata, everything is nullable by default. The documentation says what has to be sent.
  'may be null: UnbilledUsageExportRequest.currencyCode (request.currencyCode)': 'Documented as required.',
  'may be null: UnbilledUsageExportRequest.billingPeriod (request.billingPeriod)': 'Documented as required.',
  'may be null: UnbilledUsageExportRequest.attributeSet (request.attributeSet)':
    'Documented as optional, with a default for a request without it. Nothing says what null means.',

  // The same in responses. No response with null for these has been observed.
  'may be null: OperationBase.status (microsoft.graph.partners.billing.operation.status)':
    'Every documented and observed operation has one. The client only needs it if the type is unknown.',
  'may be null: PublicError.code (microsoft.graph.publicError.code)':
    'Documented as present. Without it, a failure could not be distinguished from missing data.',
  'may be null: PublicError.message (microsoft.graph.publicError.message)': 'Documented as present.',
  'may be null: ErrorDetail.code (microsoft.graph.publicErrorDetail.code)':
    'Never observed; the client does not read it.',
  'may be null: ErrorDetail.message (microsoft.graph.publicErrorDetail.message)':
    'Never observed; the client does not read it.',
  'may be null: InnerError.date (microsoft.graph.ODataErrors.InnerError.date)': 'The gateway sets it on every error.',
  'may be null: InnerError.request-id (microsoft.graph.ODataErrors.InnerError.request-id)':
    'The gateway sets it on every error.',
  'may be null: InnerError.client-request-id (microsoft.graph.ODataErrors.InnerError.client-request-id)':
    'The gateway sets it on every error.',

  // Properties of responses that the description lacks.
  'response property gone: GraphError.error.innererror': 'The spelling of older parts of the service.',
  'response property gone: InnerError.code': 'Documented for nested inner errors, whose code is more specific.',
};
