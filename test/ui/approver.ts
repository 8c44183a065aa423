/** A person at the Temporal Web UI, as far as an approver uses it, in a real Chromium. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { installedProgram } from '../../stack/installed.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: installedProgram('chromium').path, args: FLAGS });
}

/** The machine may be busy; nothing here is about speed. */
const PATIENCE_MS = 60_000;
/** How long the dialog may take to close after the server's answer, before the page is loaded anew. */
const CLOSING_MS = 10_000;

export type Encoding = 'json/plain' | 'json/protobuf';

/** Pictures are kept only where UI_PICTURES names a folder: for the documentation, and for looking at a failure. */
const pictures = process.env['UI_PICTURES'];

export class Approver {
  readonly page: Page;
  private readonly ui: string;

  private constructor(page: Page, ui: string) {
    this.page = page;
    this.ui = ui;
  }

  static async at(browser: Browser, ui: string): Promise<Approver> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
    page.setDefaultTimeout(PATIENCE_MS);
    return new Approver(page, ui);
  }

  /** The list of workflows that a query finds, as links; waits until it has `id`, because visibility lags behind. */
  async find(query: string, id: string): Promise<void> {
    await this.page.goto(`${this.ui}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
    const found = this.page.getByRole('link', { name: id, exact: true });
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      if (Date.now() > deadline) throw new Error(`the list never showed ${id}`);
      if (await found.first().isVisible({ timeout: 0 })) return;
      await this.page.getByRole('button', { name: 'Refresh' }).first().click();
      await this.page.waitForTimeout(300);
    }
  }

  /** From the list to the workflow, and there to its brief. */
  async open(id: string): Promise<void> {
    await this.page.getByRole('link', { name: id, exact: true }).first().click();
    await this.page.getByText('User Metadata', { exact: true }).locator('visible=true').first().click();
    await this.details().locator('h1').waitFor();
  }

  /** The current details, which the UI renders in a frame of their own. */
  details(): FrameLocator {
    return this.page.frameLocator('#user-metadata-current-details');
  }

  /** Asks the workflow for its details anew until they hold `text`, as a person presses R. */
  async readUntil(text: string | RegExp): Promise<string> {
    const body = this.details().locator('body');
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const now = await body.innerText();
      if (typeof text === 'string' ? now.includes(text) : text.test(now)) return now;
      if (Date.now() > deadline) throw new Error(`the page never said ${String(text)}; it says:\n${now}`);
      await this.page.reload();
      await this.details().locator('h1').waitFor();
    }
  }

  /** The JSON that the brief offers, as a person would copy it. */
  async jsonToPaste(): Promise<Record<string, string>> {
    const text = await this.details().locator('pre').first().innerText();
    return JSON.parse(text) as Record<string, string>;
  }

  /** More Actions, Send a Signal, and the signal from the drop-down. The page holds each dialog twice. */
  async openSignal(name: string): Promise<{ description: string }> {
    await this.visible(this.page.getByRole('button', { name: 'More Actions' })).click();
    await this.visible(this.page.getByText('Send a Signal')).click();
    await this.page.locator('[data-testid=signal-select-button]:visible').click();
    const option = this.page
      .locator('[role=option]:visible')
      .filter({ has: this.page.getByText(name, { exact: true }) });
    const description = await option.innerText();
    await this.picture(`choose-${name}`);
    await option.click();
    return { description };
  }

  async fill(text: string, encoding: Encoding = 'json/plain'): Promise<void> {
    const editor = this.page.locator('[aria-label=Data]:visible');
    await editor.click();
    // The dialog keeps what was typed into it before.
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('Delete');
    // As a paste does: typing would let the editor close brackets by itself.
    if (text !== '') await this.page.keyboard.insertText(text);
    // The editor lays JSON out anew when it is left, and the dialog grows: a click on Submit would miss the button.
    await editor.blur();
    await this.page.locator(`input[type=radio][value="${encoding}"]`).locator('visible=true').check();
  }

  submitButton(): Locator {
    return this.page.locator('[data-testid=confirm-modal-button]:visible');
  }

  async cancel(): Promise<void> {
    await this.page.locator('[data-testid=cancel-modal-button]:visible').click();
  }

  /** Returns when the server took the signal and the dialog is gone. */
  async submit(): Promise<void> {
    const answered = this.page.waitForResponse((response) => response.url().includes('/signal/'));
    await this.submitButton().click();
    const answer = await answered;
    if (!answer.ok())
      throw new Error(`the UI's signal was answered ${answer.status()}: ${await answer.text()}`);
    try {
      await this.submitButton().waitFor({ state: 'hidden', timeout: CLOSING_MS });
    } catch {
      // Seen in UI 2.54: a signal that ends the workflow at once makes the page draw itself anew before the dialog was
      // closed, and the dialog stays with its name gone and its button dead. A person reloads.
      await this.page.reload();
      await this.details().locator('h1').waitFor();
    }
  }

  async send(signal: string, text: string, encoding?: Encoding): Promise<void> {
    await this.openSignal(signal);
    await this.fill(text, encoding);
    await this.submit();
  }

  async picture(name: string): Promise<void> {
    if (pictures) await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.close();
  }

  private visible(locator: Locator): Locator {
    return locator.locator('visible=true').first();
  }
}
