/** What is late is waited for so many times as long, so that a drill can say how late it was. */
export const patience = 3;
