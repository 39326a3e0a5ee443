/** What is put into a template of HTML is text, whatever it holds. */
import { describe, expect, it } from 'vitest'
import { html, lines } from '../../src/observe/html.ts'

describe('html', () => {
  it('escapes every value, between tags and within quotes', () => {
    const text = `</p><script>alert('1')</script>" onload="x&`
    expect(html`<p title="${text}">${text}</p>`.source).not.toMatch(/<script|" onload|'|&(?!#\d+;)/)
    expect(html`<p>${'a < b'}</p>`.source).toBe('<p>a &#60; b</p>')
  })

  it('shows what would act on a reader: escapes, direction marks, line breaks', () => {
    expect(html`${'\u001b[31mred\u202etxt\nnext'}`.source).toBe(String.raw`red\u202etxt\nnext`)
  })

  it('takes what it has made itself as it is, lists one behind the other, and nothing for null', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    expect(html`${items}${null}${2}`.source).toBe('<li>a</li><li>&#60;b&#62;</li>2')
    expect(lines(['a', html`<b>b</b>`]).source).toBe('a\n<b>b</b>')
  })
})
