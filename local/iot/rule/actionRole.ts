import type { Access } from "../../iam/access.ts";
import type { Permission, Place } from "../../iam/permission/permission.ts";
import { authorizeService } from "../../iam/serviceRole.ts";

/** The rule of an action, and where its resources are. */
export interface RulePlace extends Place {
  readonly ruleArn: string;
  /** The roles of the account; without it every action is allowed. */
  readonly access: Access | undefined;
}

/**
 * Checks the role of an action. A permission is checked once: the roles do not change while the
 * cloud runs, and every event of a device runs a rule.
 */
export const actionRole = (
  roleArn: string,
  { ruleArn, account, access }: RulePlace,
): ((permission: Permission) => void) => {
  let allowed: string | undefined;
  const role = { access, roleArn, service: "iot.amazonaws.com", sourceArn: ruleArn, account };
  return (permission) => {
    if (permission.resource === allowed) return;
    authorizeService(role, [permission]);
    allowed = permission.resource;
  };
};
