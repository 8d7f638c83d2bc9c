import type { Permission, Place } from "./permission.ts";

/**
 * The permissions that a mail needs: on the identity of its sender.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
 */
export const sesPermissions =
  ({ region, account }: Place) =>
  ({ from, to }: { from: string; to: readonly string[] }): Permission[] => [
    {
      action: "ses:SendEmail",
      resource: `arn:aws:ses:${region}:${account}:identity/${from}`,
      context: { "ses:fromaddress": from, "ses:recipients": to },
    },
  ];
