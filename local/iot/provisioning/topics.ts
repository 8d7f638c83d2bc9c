/**
 * Topics of requests.
 * https://docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html
 */
export const requestPatterns = {
  create: /^\$aws\/certificates\/create\/json$/,
  createFromCsr: /^\$aws\/certificates\/create-from-csr\/json$/,
  provision: /^\$aws\/provisioning-templates\/([A-Za-z0-9_-]{1,36})\/provision\/json$/,
};

/** Whether a topic is a request of device provisioning. */
export const isRequest = (topic: string): boolean =>
  Object.values(requestPatterns).some((pattern) => pattern.test(topic));

/** Whether a filter is for responses, which clients may subscribe to. */
export const isResponseFilter = (filter: string): boolean => {
  const [, request] = /^(.*)\/(?:accepted|rejected|\+|#)$/.exec(filter) ?? [];
  return request !== undefined && isRequest(request);
};
