import type { Permission, Place } from "./permission.ts";

/** The parts of a request that its permissions depend on. */
interface IotRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Returns the permissions that a request to IoT Core needs. */
export type IotPermissions = (request: IotRequest) => Permission[];

/**
 * The permissions of the operations of IoT Core's control plane, by operation. Things are attached
 * and detached with the permission on the certificate.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
 */
export const iotControlPermissions = (place: Place) => {
  const { on, onNothing } = resources(place);
  const certificate =
    (action: string): IotPermissions =>
    ({ params: { certificateId = "" } }) =>
      on(action, `cert/${certificateId}`);
  const thing =
    (action: string): IotPermissions =>
    ({ params: { thingName = "" } }) =>
      on(action, `thing/${thingName}`);
  const rule =
    (action: string): IotPermissions =>
    ({ params: { ruleName = "" } }) =>
      on(action, `rule/${ruleName}`);
  const target =
    (action: string): IotPermissions =>
    ({ body }) => [{ action, resource: targetIn(body) }];
  const principal =
    (action: string): IotPermissions =>
    ({ params: { thingName = "" }, headers }) => [
      {
        action,
        resource: headers["x-amzn-principal"] ?? "",
        context: { "iot:thingarn": on(action, `thing/${thingName}`)[0]?.resource },
      },
    ];
  return {
    AttachPolicy: target("iot:AttachPolicy"),
    AttachThingPrincipal: principal("iot:AttachThingPrincipal"),
    CreateCertificateFromCsr: onNothing("iot:CreateCertificateFromCsr"),
    CreateKeysAndCertificate: onNothing("iot:CreateKeysAndCertificate"),
    CreateThing: thing("iot:CreateThing"),
    DeleteCertificate: certificate("iot:DeleteCertificate"),
    DeleteThing: thing("iot:DeleteThing"),
    DescribeCertificate: certificate("iot:DescribeCertificate"),
    DescribeEndpoint: onNothing("iot:DescribeEndpoint"),
    DescribeThing: thing("iot:DescribeThing"),
    DetachPolicy: target("iot:DetachPolicy"),
    DetachThingPrincipal: principal("iot:DetachThingPrincipal"),
    ListThingPrincipals: thing("iot:ListThingPrincipals"),
    RegisterCertificateWithoutCA: onNothing("iot:RegisterCertificateWithoutCA"),
    DisableTopicRule: rule("iot:DisableTopicRule"),
    EnableTopicRule: rule("iot:EnableTopicRule"),
    GetTopicRule: rule("iot:GetTopicRule"),
    UpdateCertificate: certificate("iot:UpdateCertificate"),
    UpdateThing: thing("iot:UpdateThing"),
  };
};

/** The permissions of the operations of IoT Core's data plane, by operation. */
export const iotDataPermissions = (place: Place) => {
  const { on } = resources(place);
  return {
    Publish({ params: { topic = "" }, query }: IotRequest) {
      const resource = `topic/${topic}`;
      const isRetained = query.get("retain") === "true";
      return [
        ...on("iot:Publish", resource),
        ...(isRetained ? on("iot:RetainPublish", resource) : []),
      ];
    },
    SendDirectMessage: ({ params: { clientId = "" }, query }: IotRequest) =>
      on("iot:SendDirectMessage", `client/${clientId}`, {
        "iot:topic": query.get("topic") ?? undefined,
      }),
    GetConnection: ({ params: { clientId = "" }, query }: IotRequest) =>
      on("iot:GetConnection", `client/${clientId}`, {
        "iot:includesocketinformation": query.get("includeSocketInformation") ?? undefined,
      }),
    DeleteConnection: ({ params: { clientId = "" } }: IotRequest) =>
      on("iot:DeleteConnection", `client/${clientId}`),
  } satisfies Record<string, IotPermissions>;
};

const resources = ({ region, account }: Place) => {
  const prefix = `arn:aws:iot:${region}:${account}:`;
  return {
    on: (action: string, resource: string, context?: Permission["context"]): Permission[] => [
      { action, resource: `${prefix}${resource}`, ...(context && { context }) },
    ],
    onNothing:
      (action: string): IotPermissions =>
      () => [{ action, resource: "*" }],
  };
};

/** The member `target` of a body: the ARN of a certificate. */
const targetIn = (body: Buffer): string => {
  try {
    const given: unknown = JSON.parse(body.toString());
    const isObject = typeof given === "object" && given !== null && "target" in given;
    return isObject && typeof given.target === "string" ? given.target : "";
  } catch {
    return "";
  }
};
