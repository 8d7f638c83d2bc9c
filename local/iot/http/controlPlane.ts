import { invalidRequest } from "../../http/restFailure.ts";
import type { RestRequest, RestRoute } from "../../http/restHandler.ts";
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

/**
 * The operations of IoT Core's control plane that device provisioning uses.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
 */
export const controlPlaneRoutes = (plane: ControlPlane): RestRoute[] => {
  const route = (
    method: RestRoute["method"],
    path: string,
    answer: (request: RestRequest, plane: ControlPlane) => object | Promise<object>,
  ): RestRoute => ({ method, path, answer: (request) => answer(request, plane) });

  return [
    route("POST", "/things/{thingName}", createThing),
    route("GET", "/things/{thingName}", describeThing),
    route("PATCH", "/things/{thingName}", updateThing),
    route("DELETE", "/things/{thingName}", deleteThing),
    route("PUT", "/things/{thingName}/principals", attachThing),
    route("DELETE", "/things/{thingName}/principals", detachThing),
    route("GET", "/things/{thingName}/principals", listPrincipals),
    route("POST", "/keys-and-certificate", createKeysAndCertificate),
    route("POST", "/certificates", createCertificateFromCsr),
    route("POST", "/certificate/register-no-ca", registerCertificateWithoutCa),
    route("GET", "/certificates/{certificateId}", describeCertificate),
    route("PUT", "/certificates/{certificateId}", updateCertificate),
    route("DELETE", "/certificates/{certificateId}", deleteCertificate),
    route("PUT", "/target-policies/{policyName}", attachPolicy),
    route("POST", "/target-policies/{policyName}", detachPolicy),
    route("GET", "/endpoint", describeEndpoint),
  ];
};

/**
 * The device endpoint. IoT Core returns a name without a port, which is fixed there.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html
 */
const describeEndpoint = ({ query }: RestRequest, { dataEndpoint }: ControlPlane): object => {
  const type = query.get("endpointType");
  if (type !== "iot:Data-ATS") throw invalidRequest(`the endpoint type ${type} is not supported`);
  return { endpointAddress: dataEndpoint };
};
