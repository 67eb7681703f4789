const MARKS = { passed: '✓', denied: '✕', unasked: '' }

const line = document.querySelector('#stages')
const verdict = document.querySelector('#verdict')

/** Draws the stages that every handshake passes. */
export function drawStages(names) {
  line.replaceChildren(
    ...names.map((name) => {
      const item = document.createElement('li')
      const mark = document.createElement('span')
      mark.ariaHidden = 'true'
      item.dataset.name = name
      item.append(mark, name)
      return item
    }),
  )
  mark(() => 'unasked')
}

/** Shows that a handshake passed every stage. */
export function showPassed(gate) {
  mark(() => 'passed')
  verdict.textContent = `${gate}: passed every stage, and is open.`
}

/** Shows which stage denied a handshake. Those behind it were not asked. */
export function showDenied(gate, stage) {
  const names = Array.from(line.children, ({ dataset }) => dataset.name)
  const end = names.indexOf(stage)
  mark((index) => (index < end ? 'passed' : index === end ? 'denied' : 'unasked'))
  verdict.textContent = `${gate}: denied by the stage ${stage}. Those behind it were not asked.`
}

function mark(stateOf) {
  Array.from(line.children).forEach((item, index) => {
    const state = stateOf(index)
    item.dataset.state = state
    item.ariaCurrent = state === 'denied' ? 'step' : null
    item.firstElementChild.textContent = MARKS[state]
  })
}
