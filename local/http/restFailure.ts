/** An error response of the AWS REST protocol: a status and an exception name. */
export class RestFailure extends Error {
  override readonly name = "RestFailure";
  readonly status: number;
  readonly code: string;

  constructor(message: string, { status, code }: { status: number; code: string }) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalidRequest = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "InvalidRequestException" });

export const forbidden = (message: string): RestFailure =>
  new RestFailure(message, { status: 403, code: "ForbiddenException" });

export const notFound = (message: string): RestFailure =>
  new RestFailure(message, { status: 404, code: "ResourceNotFoundException" });

export const alreadyExists = (message: string): RestFailure =>
  new RestFailure(message, { status: 409, code: "ResourceAlreadyExistsException" });

export const versionConflict = (message: string): RestFailure =>
  new RestFailure(message, { status: 409, code: "VersionConflictException" });

export const deleteConflict = (message: string): RestFailure =>
  new RestFailure(message, { status: 409, code: "DeleteConflictException" });

export const certificateState = (message: string): RestFailure =>
  new RestFailure(message, { status: 406, code: "CertificateStateException" });

export const certificateInvalid = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "CertificateValidationException" });

export const throttled = (message: string): RestFailure =>
  new RestFailure(message, { status: 429, code: "ThrottlingException" });

export const tooLarge = (message: string): RestFailure =>
  new RestFailure(message, { status: 413, code: "RequestEntityTooLargeException" });

export const busy = (message: string): RestFailure =>
  new RestFailure(message, { status: 503, code: "ServiceUnavailableException" });

export const internalFailure = (message: string): RestFailure =>
  new RestFailure(message, { status: 500, code: "InternalFailureException" });

export const gatewayTimeout = (message: string): RestFailure =>
  new RestFailure(message, { status: 504, code: "GatewayTimeoutException" });
