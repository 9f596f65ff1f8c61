import { ModalStackContext } from '@mantine/core'
import { createContext, useContext } from 'react'

export const PAGE = 'page'

/** The dialog that something is in, or the page. */
export const Layer = createContext(PAGE)

/** What is in front: the keys of everything behind it are off. */
export const useFront = (): string => useContext(ModalStackContext)?.currentId ?? PAGE
