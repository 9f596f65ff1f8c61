import type { Messages } from './messages.js'

export const ES: Messages = {
  choose: {
    title: 'Elija una contraseña nueva',
    intro:
      'Para proteger su cuenta, desactivamos la contraseña anterior y cerramos todas las sesiones. Elija una contraseña nueva para volver a usarla.',
    rules: (least, most) => [
      `Al menos ${least} caracteres y como máximo ${most}. Tres o cuatro palabras sin relación funcionan bien.`,
      'Se admite cualquier carácter: espacios, acentos y cualquier escritura.',
      'No use su contraseña anterior ni una que ya use en otro servicio.',
    ],
    account: 'Cuenta',
    password: 'Contraseña nueva',
    passwordAgain: 'Repita la contraseña nueva',
    code: 'Código de su aplicación de autenticación',
    codeHint:
      'Seis dígitos. Si ya no tiene la aplicación, escriba uno de sus códigos de recuperación.',
    submit: 'Guardar la contraseña nueva',
    retry: 'Todavía no se ha cambiado nada. Revise el campo marcado más abajo.',
  },
  problems: {
    too_short: (least) => `Demasiado corta. Use ${least} caracteres o más.`,
    too_long: (_least, most) => `Demasiado larga. Use ${most} caracteres o menos.`,
    common: () =>
      'Muchas personas usan esta contraseña, por eso es de las primeras que se prueban. Elija otra.',
    guessable: () => 'Demasiado fácil de adivinar. Añada una o dos palabras sin relación.',
    unchanged: () => 'Esta es su contraseña anterior. Elija una nueva.',
    mismatch: () => 'Las dos contraseñas no coinciden. Escriba la nueva otra vez.',
    code_missing: () => 'Escriba el código que muestra ahora su aplicación de autenticación.',
    code_wrong: () => 'El código no es correcto o ya se usó. Espere al siguiente y escríbalo aquí.',
  },
  typeCode: {
    title: 'Escriba el código de nuestro correo',
    intro:
      'Usted pidió que no le enviáramos enlaces. El correo sobre su cuenta contiene en su lugar un código.',
    label: 'Código',
    submit: 'Continuar',
  },
  done: {
    title: 'Su contraseña nueva está guardada',
    signIn:
      'Abra el sitio o la aplicación como hace siempre e inicie sesión con la contraseña nueva.',
    held: (until) => `Por precaución, los retiros siguen detenidos hasta: ${until}.`,
    heldForReview: 'Por precaución, los retiros siguen detenidos mientras revisamos esta cuenta.',
    mailed: 'Le enviamos un correo que confirma el cambio.',
  },
  enrol: {
    title: 'Añada ahora una segunda protección',
    why: 'Con una aplicación de autenticación, una contraseña robada no basta para entrar. Se tarda un minuto. Esta oferta termina en 30 minutos.',
    steps: [
      'Abra su aplicación de autenticación y añada una cuenta.',
      'Escanee esta imagen con ella.',
      'Escriba los seis dígitos que muestra la aplicación.',
    ],
    qr: 'Código QR para su aplicación de autenticación',
    byHand: '¿No puede escanearla? Escriba esta clave en la aplicación:',
    code: 'Seis dígitos de la aplicación',
    submit: 'Activar',
    later: 'Si no lo quiere ahora, simplemente cierre esta página.',
  },
  enrolled: {
    title: 'Su segunda protección está activa',
    intro: 'A partir de ahora, para iniciar sesión también hace falta un código de su aplicación.',
    keep: 'Estos códigos de recuperación abren su cuenta si pierde el teléfono. Cada uno funciona una sola vez. Anótelos o imprima esta página.',
    once: 'Solo se muestran ahora.',
  },
  invalid: {
    title: 'Este enlace no funciona',
    why: 'Puede que ya se haya usado, que sea demasiado antiguo o que le falte una parte.',
    what: 'Compruebe que abrió el correo más reciente y que copió el enlace entero. Si no, contacte con el servicio de ayuda desde el sitio o la aplicación y pida un enlace nuevo.',
  },
  busy: {
    title: 'Un momento, por favor',
    what: 'Muchísimas personas están creando una contraseña nueva en este momento. No se ha cambiado nada. Vuelva atrás, espere un minuto y envíe el formulario otra vez.',
  },
  unreadable: {
    title: 'No llegó como debía',
    what: 'No se ha cambiado nada. Vuelva al formulario, rellénelo otra vez y envíelo.',
  },
  footer:
    'Nunca le pediremos su contraseña anterior, ni ninguna contraseña por correo o por teléfono.',
}
