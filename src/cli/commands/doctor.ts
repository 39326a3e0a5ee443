/** `sluice doctor`: go or no-go before a run, with a fix for each finding. */
import { EXIT } from '../../model/failure.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { doctorText } from '../../playbook/doctor.ts'
import { examine } from '../preflight.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function doctor(options: CommonOptions): Promise<number> {
  const document = await examine(process.cwd())
  if (options.json) printJson(document)
  else printLines(doctorText(document).map(neutralise))
  return document.go ? EXIT.ok : EXIT.noGo
}
