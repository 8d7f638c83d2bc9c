import type { DocumentedOperation } from "./replyProblem.ts";

/** Why no request to a cloud that works provokes an error, wherever it is documented. */
const unprovokedCodes: Readonly<Record<string, string>> = {
  too_many_requests:
    "The limit of API Gateway for all requests, or of an actor: tests of each limit provoke it.",
  unavailable: "A table does not respond: the outage drills provoke it.",
  conflict: "Another request changes the same at the same moment: tests of each verb provoke it.",
};

/** Errors of single operations that no test provokes. */
const unprovoked: Readonly<Record<string, string>> = {
  "listNotices not_found": "An incident that does not exist has no messages.",
  "replayNotices not_found": "An incident that does not exist has no messages.",
  "createRelease limit_reached": "It needs the maximum of unfinished releases of one product.",
};

/** The tests that provoke errors of single operations: by file, the operation and its codes. */
export const provokedElsewhere: Readonly<Record<string, readonly string[]>> = {
  "test/shared/account/account.test.ts": [
    "signUp already_exists",
    "logIn invalid_client invalid_grant unsupported_grant_type",
    "signIn invalid_grant",
  ],
  "test/flow/api/api.test.ts": ["signUp refused", "revokeToken invalid_token"],
  "test/flow/api/particleApi.test.ts": [
    "listTokens invalid_grant mfa_required",
    "removeProduct needs_confirmation",
    "offerProduct needs_confirmation",
  ],
  "test/shared/account/oauth/grants.test.ts": [
    "logIn unauthorized_client",
    "createClient limit_reached",
    "showUser unauthorized",
  ],
  "test/shared/account/oauth/products.test.ts": [
    "createProduct already_exists limit_reached",
    "changeProduct already_exists",
  ],
  "test/shared/account/user/changeUser.test.ts": ["changeUser invalid_grant"],
  "test/shared/account/mail/changeAddress.test.ts": [
    "changeUser refused already_exists",
    "confirmAddress invalid_grant already_exists",
  ],
  "test/shared/account/mail/resetPassword.test.ts": [
    "requestReset refused",
    "resetPassword invalid_grant",
  ],
  "test/shared/account/mfa/secondFactor.test.ts": [
    "startMfa already_exists",
    "confirmMfa invalid_grant already_exists",
    "disableMfa invalid_grant",
    "logIn mfa_required",
  ],
  "test/shared/account/session/session.test.ts": [
    "signIn mfa_required",
    "redeemSessionLink invalid_grant",
  ],
  "test/functions/edge/http/sessionEndpoints.test.ts": [
    "showSession invalid_token",
    "redeemSessionLink cross_origin",
  ],
  "test/shared/removal/removeProduct.test.ts": ["removeProduct precondition_failed"],
  "test/shared/removal/removeOwnUser.test.ts": ["removeUser invalid_grant needs_confirmation"],
  "test/shared/account/team/team.test.ts": [
    "addMember already_exists limit_reached",
    "changeMember refused",
    "removeMember refused",
  ],
  "test/shared/account/transfer/transfer.test.ts": [
    "offerProduct refused already_exists limit_reached",
    "acceptOffer already_exists limit_reached",
  ],
  "test/shared/device/fleet/ownership.test.ts": [
    "addDevice device_not_claimable already_exists",
    "changeDevice already_exists",
  ],
  "test/shared/device/provision/provisionOnce.test.ts": ["addProductDevices already_exists"],
  "test/shared/device/device.test.ts": [
    "addDevice limit_reached",
    "addProductDevices limit_reached",
    "createClaimCode limit_reached",
  ],
  "test/shared/call/callDevice.test.ts": [
    "callFunction no_such_function device_offline device_timeout device_error",
    "readVariable no_such_variable device_offline device_timeout device_error",
    "changeDevice device_offline device_timeout",
    "pingDevice device_offline device_timeout",
    "requestVitals device_offline device_timeout",
    "rotateCertificate device_offline device_timeout",
  ],
  "test/functions/edge/http/api.test.ts": [
    "callFunction device_not_callable",
    "readVariable device_not_callable",
  ],
  "test/shared/device/registry/certificates.test.ts": ["rotateCertificate refused"],
  "test/shared/device/group/groups.test.ts": [
    "changeDevice limit_reached",
    "createGroup already_exists limit_reached",
    "changeGroup already_exists",
    "assignGroups limit_reached",
  ],
  "test/shared/firmware/uploadFirmware.test.ts": [
    "uploadFirmware already_exists limit_reached too_large",
    "registerSigningKeys limit_reached needs_confirmation",
    "changeFirmware precondition_failed",
    "removeFirmware precondition_failed",
  ],
  "test/shared/ledger/manageLimits.test.ts": ["createUsageLimit limit_reached not_found"],
  "test/shared/release/createRelease.test.ts": ["createRelease limit_reached"],
  "test/shared/integration/addIntegration.test.ts": [
    "createIntegration limit_reached",
    "cloneIntegration limit_reached",
  ],
  "test/flow/pipeline/replay.test.ts": [
    "replayDeadLetters integration_disabled limit_reached",
    "backfill integration_disabled limit_reached",
  ],
  "test/shared/paging/selfTest.test.ts": [
    "showAcknowledgement unauthorized",
    "acknowledge unauthorized",
  ],
  "test/shared/notice/changeIncident.test.ts": [
    "updateIncident refused",
    "writePostmortem refused",
  ],
  "test/shared/notice/subscribe.test.ts": [
    "requestSubscription refused",
    "showConfirmation invalid_grant",
    "confirmSubscription invalid_grant limit_reached",
    "showUnsubscription invalid_grant",
    "unsubscribe invalid_grant",
    "addContact refused limit_reached",
  ],
};

/** Why an error needs no request here: what provokes it, or why nothing can. */
export const reasonFor = (
  { route: { name, path } }: DocumentedOperation,
  code: string,
): string | undefined => {
  const found = Object.entries(provokedElsewhere).find(([, operations]) =>
    operations.some((each) => {
      const [operation, ...codes] = each.split(" ");
      return operation === name && codes.includes(code);
    }),
  );
  if (code === "not_found" && !/\{(?!prefix|name|device\}\/\{name)/.test(path)) {
    return "Only the product of the token can be missing (isolationOfRoutes.test.ts).";
  }
  return unprovokedCodes[code] ?? unprovoked[`${name} ${code}`] ?? found?.[0];
};
