/** What became of a call: its value, or the name and the code of its error. */
export async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    const { name, code } = error as { name: string; code: unknown }
    return `${name} ${String(code)}`
  }
}
