import type { AccountInfo } from "#shared/account/user/user.ts";
import type { UserBody } from "#shared/routes/userRoutes.ts";

/** A user in Particle's format. The device counts are always 0. */
export const userView = (
  { username, accountInfo }: { username: string; accountInfo?: AccountInfo | undefined },
  { hasSecondFactor }: { hasSecondFactor: boolean } = { hasSecondFactor: false },
): UserBody => ({
  username,
  tos: 0,
  account_info: accountInfo ?? {},
  mfa: { enabled: hasSecondFactor },
  memberships: [],
  scim_provisioned: false,
  no_password: false,
  wifi_device_count: 0,
  cellular_device_count: 0,
});
