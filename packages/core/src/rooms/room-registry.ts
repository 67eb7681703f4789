import { type Member, Room } from './room.ts'

/** The rooms of one server, by name. A room is there while it has a member. */
export class RoomRegistry<M extends Member> {
  readonly #rooms = new Map<string, Room<M>>()

  get size(): number {
    return this.#rooms.size
  }

  get(name: string): Room<M> | undefined {
    return this.#rooms.get(name)
  }

  /** @returns the room, which holds the member now */
  join(name: string, member: M): Room<M> {
    const room = this.#rooms.get(name) ?? new Room<M>()
    this.#rooms.set(name, room)
    room.add(member)
    return room
  }

  leave(name: string, member: M): void {
    const room = this.#rooms.get(name)
    room?.delete(member)
    if (room?.size === 0) this.#rooms.delete(name)
  }
}
