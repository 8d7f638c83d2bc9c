/** Whether `Accept-Encoding` has a coding with a weight that is not 0: RFC 9110, 12.5.3. */
export const acceptsEncoding = (header: string, coding: string): boolean =>
  header.split(",").some((each) => {
    const [name = "", ...parameters] = each
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return name === coding && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
