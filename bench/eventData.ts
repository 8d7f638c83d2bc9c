/** The data in what a target got: the cloud posts the form that a webhook has by default, the others the data as it is. */
export const eventData = (body: string): string =>
  body.startsWith("{") ? body : (new URLSearchParams(body).get("data") ?? "");
