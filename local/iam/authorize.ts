import type { Access } from "./access.ts";
import type { Permission } from "./permission/permission.ts";

/** Fails with an `AccessDenied` unless the role may run an operation with an input. */
export type Authorize = (roleKey: string | undefined, operation: string, input: unknown) => void;

/** Checks the operations of a service. Without `access` only the account's owner may call. */
export const authorizer =
  (
    access: Access | undefined,
    permissionsOf: (operation: string, input: unknown) => readonly Permission[],
  ): Authorize =>
  (roleKey, operation, input) => {
    if (roleKey !== undefined) access?.authorize(roleKey, permissionsOf(operation, input));
  };
