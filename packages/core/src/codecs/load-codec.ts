import { type BinaryCodec, type MessageCodec, strictCodec } from '../connection/codec.ts'
import { SluiceError } from '../errors.ts'
import { createCborCodec } from './cbor.ts'
import { createMsgpackCodec } from './msgpack.ts'

/** The codecs whose library an app installs by itself. */
export type LibraryCodec = keyof typeof LIBRARIES

const LIBRARIES = {
  msgpack: { name: '@msgpack/msgpack', load: async () => createMsgpackCodec(await import('@msgpack/msgpack')) },
  cbor: { name: 'cborg', load: async () => createCborCodec(await import('cborg')) },
} as const satisfies Record<string, Library>

interface Library {
  readonly name: string
  readonly load: () => Promise<BinaryCodec>
}

/** Loads the library of a codec. @throws SluiceError `ERR_MISSING_PACKAGE` */
export async function loadCodec(codec: LibraryCodec, library: Library = LIBRARIES[codec]): Promise<MessageCodec> {
  const { name, load } = library
  try {
    return strictCodec(await load())
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new SluiceError('ERR_MISSING_PACKAGE', `the codec '${codec}' needs the package ${name}: install it`, {
      cause: error,
    })
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}
