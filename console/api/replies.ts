import type { operations } from "../../client/client.ts";

type Success = 200 | 201 | 202;
type Responses<Name extends keyof operations> = operations[Name]["responses"];
type Json<Response> = Response extends {
  content: { "application/json": infer Body };
}
  ? Body
  : never;

/** The JSON of the successful replies of an operation, by the contract of the API. */
type Reply<Name extends keyof operations> = {
  [Status in keyof Responses<Name>]: Status extends Success ? Json<Responses<Name>[Status]> : never;
}[keyof Responses<Name>];

type TeamEntry = Reply<"showTeam">["team"][number];

/** What the screens show of the API's replies. */
export type AddedBody = Extract<Reply<"addProductDevices">, { updated: number }>;
export type ApiUserBody = Extract<TeamEntry, { is_programmatic: true }>;
export type AttemptBody = Reply<"listAttempts">["attempts"][number];
export type AuditEntryBody = Reply<"listAudit">["entries"][number];
export type CalledBody = Reply<"callFunction">;
export type ContactBody = Reply<"listContacts">["contacts"][number];
export type DayCountersBody = Reply<"showIntegration">["integration"]["counters"][number];
export type DeadLetterBody = Reply<"showDeadLetter">["dead_letter"];
export type DeviceBody = Extract<Reply<"listDevices">, readonly unknown[]>[number];
export type DeviceDetailsBody = Reply<"showDevice">;
export type ExposureBody = Extract<Reply<"showExposure">, { devices: unknown }>;
export type FirmwareBody = Reply<"showFirmware">;
export type FirmwareChangeBody = Reply<"listFirmwareChanges">["changes"][number];
export type GroupBody = Reply<"listGroups">["groups"][number];
export type HeartbeatBody = Reply<"showHeartbeat">;
export type IncidentBody = Reply<"showIncident">["incident"];
export type IntegrationBody = Extract<
  Extract<Reply<"listIntegrations">, readonly unknown[]>[number],
  { event: string }
>;
export type InvitationBody = Reply<"showTeam">["invitations"][number];
export type JobBody = Reply<"showJob">["job"];
export type LedgerBody = Reply<"showLedger">;
export type ListedTokenBody = Reply<"listTokens">[number];
export type MemberBody = Exclude<TeamEntry, ApiUserBody | OwnerBody>;
export type NoticeBody = Reply<"listNotices">["notices"][number];
export type OAuthClientBody = Reply<"listClients">["clients"][number];
export type OfferBody = NonNullable<Reply<"showTeam">["transfer"]>;
export type OperationsReply = Reply<"showOperations">;
export type OwnerBody = Extract<TeamEntry, { role: "owner" }>;
export type PageBody = Reply<"listPages">["pages"][number];
export type PlanBody = Extract<Reply<"replayDeadLetters">, { plan: true }>;
export type PreviewBody = Reply<"previewIntegration">;
export type PreviewedBody = PreviewBody["events"][number];
export type ProductDeviceBody = Reply<"showProductDevice">;
export type ProductBody = Reply<"showProduct">["product"];
export type ProductContentsBody = Extract<Reply<"removeProduct">, { plan: object }>["plan"];
export type ProvisionedBody = Extract<Reply<"addDevice">, { device_id: string }>;
export type RecoveryBody = Reply<"listRecoveries">["recoveries"][number];
export type ListedReleaseBody = Reply<"listReleases">["releases"][number];
export type ReleaseBody = Reply<"showRelease">["release"];
export type ReleaseDeviceBody = Reply<"showReleaseDevice">["device"];
export type ReleasePlanBody = Reply<"planRelease">;
export type RequestedContact = Reply<"addContact">;
export type RequestBody = TriedBody["request"];
export type RotatedBody = Exclude<Reply<"rotateCertificate">, { asked: true }>;
export type SessionBody = Reply<"signIn">;
export type StoredEventBody = Reply<"listArchivedEvents">["events"][number];
export type TriedBody = Reply<"testIntegration">;
export type UserBody = Reply<"showUser">;
export type VariableBody = Reply<"readVariable">;
export type VitalsBody = Reply<"showLastVitals">["diagnostics"];
export type UsageBody = Reply<"showUsage">;
export type UsageLimitBody = Reply<"listUsageLimits">["limits"][number];
export type UsageNoticeBody = Reply<"listUsageNotices">["data"][number];
