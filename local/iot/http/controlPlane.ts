import { invalidRequest } from "../../http/restFailure.ts";
import type { RestRequest, RestRoute } from "../../http/restHandler.ts";
import { type IotPermissions, iotControlPermissions } from "../../iam/permission/iot.ts";
import type { Place } from "../../iam/permission/permission.ts";
import {
  attachPolicy,
  attachThing,
  detachPolicy,
  detachThing,
  listPrincipals,
} from "./control/attachments.ts";
import {
  createCertificateFromCsr,
  createKeysAndCertificate,
  deleteCertificate,
  describeCertificate,
  registerCertificateWithoutCa,
  updateCertificate,
} from "./control/certificates.ts";
import type { ControlPlane } from "./control/request.ts";
import { createThing, deleteThing, describeThing, updateThing } from "./control/things.ts";
import { enableTopicRule, getTopicRule } from "./control/topicRules.ts";

/**
 * The operations of IoT Core's control plane that device provisioning uses.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
 */
export const controlPlaneRoutes = (plane: ControlPlane, place: Place): RestRoute[] => {
  const permissions = iotControlPermissions(place);
  const route: NewRoute = (method, path, answer, needs) => ({
    method,
    path,
    answer: (request) => answer(request, plane),
    permissions: needs,
  });

  return [
    route("POST", "/things/{thingName}", createThing, permissions.CreateThing),
    route("GET", "/things/{thingName}", describeThing, permissions.DescribeThing),
    route("PATCH", "/things/{thingName}", updateThing, permissions.UpdateThing),
    route("DELETE", "/things/{thingName}", deleteThing, permissions.DeleteThing),
    route("PUT", "/things/{thingName}/principals", attachThing, permissions.AttachThingPrincipal),
    route(
      "DELETE",
      "/things/{thingName}/principals",
      detachThing,
      permissions.DetachThingPrincipal,
    ),
    route("GET", "/things/{thingName}/principals", listPrincipals, permissions.ListThingPrincipals),
    route(
      "POST",
      "/keys-and-certificate",
      createKeysAndCertificate,
      permissions.CreateKeysAndCertificate,
    ),
    route("POST", "/certificates", createCertificateFromCsr, permissions.CreateCertificateFromCsr),
    route(
      "POST",
      "/certificate/register-no-ca",
      registerCertificateWithoutCa,
      permissions.RegisterCertificateWithoutCA,
    ),
    route(
      "GET",
      "/certificates/{certificateId}",
      describeCertificate,
      permissions.DescribeCertificate,
    ),
    route("PUT", "/certificates/{certificateId}", updateCertificate, permissions.UpdateCertificate),
    route(
      "DELETE",
      "/certificates/{certificateId}",
      deleteCertificate,
      permissions.DeleteCertificate,
    ),
    route("PUT", "/target-policies/{policyName}", attachPolicy, permissions.AttachPolicy),
    route("POST", "/target-policies/{policyName}", detachPolicy, permissions.DetachPolicy),
    ...topicRuleRoutes(route, permissions),
    route("GET", "/endpoint", describeEndpoint, permissions.DescribeEndpoint),
  ];
};

/** Makes the route of an operation. */
type NewRoute = (
  method: RestRoute["method"],
  path: string,
  answer: (request: RestRequest, plane: ControlPlane) => object | Promise<object>,
  needs: IotPermissions,
) => RestRoute;

const topicRuleRoutes = (
  route: NewRoute,
  permissions: ReturnType<typeof iotControlPermissions>,
): RestRoute[] => [
  route("GET", "/rules/{ruleName}", getTopicRule, permissions.GetTopicRule),
  route("POST", "/rules/{ruleName}/enable", enableTopicRule(true), permissions.EnableTopicRule),
  route("POST", "/rules/{ruleName}/disable", enableTopicRule(false), permissions.DisableTopicRule),
];

/**
 * The device endpoint. IoT Core returns a name without a port, which is fixed there.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html
 */
const describeEndpoint = ({ query }: RestRequest, { dataEndpoint }: ControlPlane): object => {
  const type = query.get("endpointType");
  if (type !== "iot:Data-ATS") throw invalidRequest(`the endpoint type ${type} is not supported`);
  return { endpointAddress: dataEndpoint };
};
