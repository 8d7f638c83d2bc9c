import { RestFailure } from "../http/restFailure.ts";

interface Denial {
  /** The ARN of the role's session. */
  readonly user: string;
  readonly action: string;
  readonly resource: string;
  /** As in AWS's message: `because no identity-based policy allows the … action`. */
  readonly reason: string;
}

/**
 * A request that the policies do not allow. Each service sends it in its own format; the default is
 * that of the REST protocol.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export class AccessDenied extends RestFailure {
  readonly denial: Denial;

  constructor(denial: Denial) {
    const { user, action, resource, reason } = denial;
    super(
      `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
      { status: 403, code: "AccessDeniedException" },
    );
    this.denial = denial;
  }
}
