(* The axioms that a certificate may rest on: those of Coq's real numbers, and that functions which agree
   everywhere are equal. `pullback prove` compares every certificate's assumptions with these lines, and
   tests/proofs/ those of the theorems below.

   axiom ClassicalDedekindReals.sig_forall_dec: a decidable property of the naturals holds of all or fails at one
   axiom ClassicalDedekindReals.sig_not_dec: a proposition's negation holds or does not
   axiom FunctionalExtensionality.functional_extensionality_dep: functions that agree everywhere are equal
   axiom Classical_Prop.classic: every proposition holds or does not
   primitive PrimInt63.int: the kernel's 63-bit integers, which hold the packed text
   primitive PrimInt63.land: bitwise and
   primitive PrimInt63.lsr: shift
   primitive PrimInt63.eqb: equality *)
From Pullback Require Import Certificate.Theorem Certificate.GradientTheorem.
Print Assumptions certificate_sound.
Print Assumptions gradient_certificate_sound.
