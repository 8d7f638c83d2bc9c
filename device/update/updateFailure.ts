/** Codes of failed updates, as reported to the cloud. */
export type UpdateErrorCode =
  | "unsigned"
  | "wrong_signature"
  | "expired"
  | "older"
  | "wrong_product"
  | "wrong_platform"
  | "wrong_version"
  | "too_large"
  | "wrong_hash"
  | "no_space"
  | "write_failed"
  | "boot_failed"
  | "reverted"
  | "not_supported"
  | "other";

/** An update failed for a reason that the cloud gets as a code. */
export class UpdateFailure extends Error {
  override readonly name = "UpdateFailure";
  readonly code: UpdateErrorCode;

  constructor(code: UpdateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Converts any error of an update. Errors of the file system are `no_space` or `write_failed`. */
export const toUpdateFailure = (error: unknown): UpdateFailure => {
  if (error instanceof UpdateFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new UpdateFailure("no_space", message, { cause: error });
  }
  const isSystemError = typeof code === "string" && /^E[A-Z0-9]+$/.test(code);
  return new UpdateFailure(isSystemError ? "write_failed" : "other", message, { cause: error });
};
