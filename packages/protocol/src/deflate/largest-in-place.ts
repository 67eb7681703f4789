/**
 * zlib works on the event loop for messages up to this length, and on the thread pool above it: handing a message over
 * costs the loop as much as one of two to four thousand bytes does (`bench/deflate.ts`), and the message comes later.
 */
export const LARGEST_IN_PLACE = 4096
