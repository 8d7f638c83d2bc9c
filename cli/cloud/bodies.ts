import type { components } from "../../client/client.ts";

type Schemas = components["schemas"];

/** The form of a reply that has a field. */
type With<Reply, Field extends string> = Extract<Reply, Readonly<Record<Field, unknown>>>;

/** The fields of a device that are shown. */
type Shown = "id" | "name" | "online" | "quarantined" | "last_heard" | "firmware" | "notes";

export type Device = Pick<With<Schemas["ListDevicesReply"], "devices">["devices"][number], Shown>;
export interface DevicePage {
  readonly devices: readonly Device[];
  readonly cursor?: string;
}
export type DeviceDetails = Pick<
  Schemas["ShowDeviceReply"],
  Shown | "functions" | "variables" | "certificate"
>;
export type Provisioned = With<Schemas["AddDeviceReply"], "certificate">;
export type RevocationPlan = With<Schemas["RevokeCertificateReply"], "plan">;
export type Revocation = With<Schemas["RevokeCertificateReply"], "ok">;

export type IntegrationPage = Exclude<
  With<Schemas["ListIntegrationsReply"], "integrations">,
  { readonly meta: unknown }
>;
export type ListedIntegration = IntegrationPage["integrations"][number];
export type SavedIntegration = Schemas["CreateIntegrationReply"];
export type Attempt = Schemas["ListAttemptsReply"]["attempts"][number];
export type Preview = Schemas["PreviewIntegrationReply"];
export type Tried = Schemas["TestIntegrationReply"];
export type TargetRequest = Tried["request"];
export type SampleEvent = NonNullable<Schemas["TestIntegrationInput"]["event"]>;
export type Series = Schemas["ShowSeriesReply"];
export type Usage = Schemas["ShowUsageReply"];
export type UsageLimit = Schemas["ListUsageLimitsReply"]["limits"][number];
export type UsageNotice = Schemas["ListUsageNoticesReply"]["data"][number];
export type Ledger = Schemas["ShowLedgerReply"];

export type DeadLetter = Schemas["ListDeadLettersReply"]["dead_letters"][number];
export type ReplayInput = Omit<Schemas["ReplayDeadLettersInput"], "plan">;
export type ReplayPlan = With<Schemas["ReplayDeadLettersReply"], "plan">;
export type Job = Schemas["ShowJobReply"]["job"];

/** Settings of an integration, as in docs/api.md. The API validates them. */
export type IntegrationSettings = Readonly<Record<string, unknown>>;

export type Product = Pick<
  Schemas["ListProductsReply"]["products"][number],
  "id" | "slug" | "name" | "role" | "description"
>;
export type Firmware = Schemas["ListFirmwareReply"][number];
/** An image to upload. */
export interface NewFirmware {
  readonly image: Uint8Array<ArrayBuffer>;
  /** The name of its file. */
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly description?: string | undefined;
  readonly mandatory?: boolean;
}
export type Group = Schemas["ListGroupsReply"]["groups"][number];

export type ListedRelease = Schemas["ListReleasesReply"]["releases"][number];
export type Release = Schemas["ShowReleaseReply"]["release"];
export type ReleasePlan = Schemas["PlanReleaseReply"];
export type ReleaseDevice = Schemas["ListReleaseDevicesReply"]["devices"][number];
export type DeviceState = ReleaseDevice["state"];
export type ReleaseExplanation = Schemas["ShowReleaseDeviceReply"];
/** A release, as in docs/firmware.md. The API validates it. */
export type ReleaseInput = Readonly<Record<string, unknown>>;
