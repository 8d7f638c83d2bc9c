/**
 * What the audit log can contain. The part before the dot is the kind of the subject. An action
 * that is stored keeps its name.
 */
export const auditActions = [
  "user.create",
  "user.update",
  "user.remove",
  "user.disable",
  "user.enable",
  "user.rename",
  "user.reset_password",
  "user.enable_mfa",
  "user.disable_mfa",
  "token.create",
  "token.revoke",
  "session.create",
  "session.link",
  "session.remove",
  "client.create",
  "client.update",
  "client.remove",
  "product.create",
  "product.update",
  "product.remove",
  "member.create",
  "member.update",
  "member.remove",
  "member.renew_token",
  "invitation.accept",
  "invitation.decline",
  "transfer.offer",
  "transfer.withdraw",
  "transfer.accept",
  "transfer.decline",
  "device.create",
  "device.update",
  "device.remove",
  "device.disable",
  "device.enable",
  "device.assign_groups",
  "group.create",
  "group.update",
  "group.remove",
  "claim.create",
  "certificate.rotate",
  "certificate.confirm",
  "certificate.revoke",
  "claim_certificate.create",
  "claim_certificate.end",
  "claim_certificate.align",
  "firmware.create",
  "firmware.update",
  "firmware.remove",
  "firmware.release",
  "firmware_keys.create",
  "release.create",
  "release.halt",
  "release.resume",
  "release.rollback",
  "release.cancel",
  "integration.create",
  "integration.update",
  "integration.remove",
  "integration.enable",
  "integration.disable",
  "integration.rotate_secret",
  "dead_letter.remove",
  "job.start",
  "job.stop",
  "archive.update",
  "usage_limit.create",
  "usage_limit.update",
  "usage_limit.remove",
  "contact.create",
  "contact.remove",
  "incident.create",
  "incident.update",
  "notice.replay",
  "page.replay",
  "region.fill",
  "device.reconnect",
] as const;

export type AuditAction = (typeof auditActions)[number];

/**
 * What a route or a request records in the audit log: an action, or the reason why it records none.
 */
export type AuditSpec =
  | {
      readonly action: AuditAction;
      /** The field of the input with the id of the subject. */
      readonly id?: string;
      /** The path of the id of a new subject in the reply, with dots. */
      readonly created?: string;
      /** The entry is in the log of the caller's own fleet, also if the path names a product. */
      readonly own?: true;
      /** Some requests change nothing, and have no entry. */
      readonly sometimes?: true;
    }
  | { readonly none: string };

/** What a route records that changes something. */
export type AuditedAction = Exclude<AuditSpec, { readonly none: string }>;
