(* What a built template computes: the weakest precondition of a builder, and the values it leaves in the
   local environment. *)
From Coq Require Import Reals ZArith List Bool Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve Ops.Builder
  Ops.TemplateProof.
Import ListNotations.
Open Scope R_scope.

(* In the environment L the builder makes something that, in the environment after it, satisfies Q. *)
Definition wp {X} (m : build X) (L : list tensor) (Q : X -> list tensor -> Prop) : Prop :=
  Q (snd (m (length L))) (teval (fst (m (length L))) L).
(* Environments only grow. *)
Definition extends (L L' : list tensor) : Prop := exists E, L' = L ++ E.
(* the tensor a value has in L *)
Definition value (L : list tensor) (v : val) : tensor := nth (fst v) L tz.
(* In L the value v is the tensor x, at the indices of its shape. *)
Definition holds (L : list tensor) (v : val) (x : tensor) : Prop :=
  (fst v < length L)%nat /\ forall i, inb (vshape v) i = true -> value L v i = x i.
(* The builder makes the tensor x, of type t. *)
Definition makes (m : build val) (L : list tensor) (t : ty) (x : tensor) : Prop :=
  wp m L (fun v L' => extends L L' /\ snd v = t /\ holds L' v x).

Lemma wp_ret {X} (x : X) L (Q : X -> list tensor -> Prop) : Q x L -> wp (ret x) L Q.
Proof. auto. Qed.
Lemma wp_bind {X Y} (m : build X) (f : X -> build Y) L Q :
  wp m L (fun x L' => wp (f x) L' Q) -> wp (bind m f) L Q.
Proof.
  unfold wp, bind. destruct (m (length L)) as [a x] eqn:E; simpl. rewrite teval_length.
  destruct (f x (length L + length a)%nat) as [b y]; simpl. unfold teval. rewrite fold_left_app. auto.
Qed.
Lemma wp_mono {X} (m : build X) L (P Q : X -> list tensor -> Prop) :
  wp m L P -> (forall x L', P x L' -> Q x L') -> wp m L Q.
Proof. unfold wp; auto. Qed.

Lemma extends_refl L : extends L L.
Proof. exists []. rewrite app_nil_r; auto. Qed.
Lemma extends_trans L L' L'' : extends L L' -> extends L' L'' -> extends L L''.
Proof. intros [E ->] [F ->]. exists (E ++ F). rewrite app_assoc; auto. Qed.
(* A value keeps its tensor. *)
Lemma holds_extends L L' v x : extends L L' -> holds L v x -> holds L' v x.
Proof.
  intros [E ->] [H1 H2]. split. rewrite app_length; lia.
  intros i Hi. unfold value. rewrite app_nth1 by auto. apply H2; auto.
Qed.
Lemma holds_ext L v x y : (forall i, inb (vshape v) i = true -> x i = y i) -> holds L v x -> holds L v y.
Proof. intros E [H1 H2]. split; auto. intros i Hi. rewrite <- E; auto. Qed.
Lemma holds_at L v x s i : holds L v x -> vshape v = s -> inb s i = true -> value L v i = x i.
Proof. intros [_ H] <-; auto. Qed.

(* One instruction makes what the op means on the operands' values. *)
Lemma makes_emit o xs t L :
  makes (emit o xs t) L t (sem0 Rscal o (map snd xs) t (map (value L) xs)).
Proof.
  unfold makes, wp, emit; simpl. split; [|split]; auto.
  - eexists; unfold tstep; reflexivity.
  - unfold holds, value, vshape, tstep; simpl. rewrite app_length; simpl. split. lia.
    intros i Hi. rewrite app_nth2, Nat.sub_diag by auto. simpl. rewrite map_map. apply sem_in; auto.
Qed.
Lemma makes_elim m L t x (Q : val -> list tensor -> Prop) : makes m L t x ->
  (forall v L', extends L L' -> snd v = t -> holds L' v x -> Q v L') -> wp m L Q.
Proof. intros (H1 & H2 & H3) K. apply K; auto. Qed.
Lemma makes_ext m L t x y : (forall i, inb (snd t) i = true -> x i = y i) -> makes m L t x -> makes m L t y.
Proof.
  intros E H. apply (makes_elim m L t x); auto. intros v L' H1 H2 H3. split; [|split]; auto.
  apply holds_ext with x; auto. unfold vshape. rewrite H2; auto.
Qed.
Lemma makes_ret L v t x : snd v = t -> holds L v x -> makes (ret v) L t x.
Proof. intros H K. apply wp_ret. auto using extends_refl. Qed.
(* Sequencing: what follows sees the value made. *)
Lemma wp_makes {Y} m (f : val -> build Y) L t x Q : makes m L t x ->
  (forall v L', extends L L' -> snd v = t -> holds L' v x -> wp (f v) L' Q) -> wp (bind m f) L Q.
Proof. intros H K. apply wp_bind. apply (makes_elim m L t x); auto. Qed.
Lemma makes_bind m f L t x t' x' : makes m L t x ->
  (forall v L', extends L L' -> snd v = t -> holds L' v x -> makes (f v) L' t' x') ->
  makes (bind m f) L t' x'.
Proof.
  intros H K. apply (wp_makes m f L t x); auto. intros v L' H1 H2 H3.
  apply (makes_elim _ _ _ _ _ (K v L' H1 H2 H3)). intros v' L'' H4 H5 H6. split; [|split]; auto.
  eapply extends_trans; eauto.
Qed.
Lemma makes_constant t d L : makes (emit_constant t d) L t (fun _ => sem_decimal Rscal d).
Proof. apply makes_emit. Qed.

(* The adjoint identity of a built template, from what it computes. *)
Lemma pairing_built n m ats needs ds (L : list tensor) r : length L = (n + 2)%nat ->
  wp m L (fun outs L' => pairing ats needs (map (option_map fst) outs) ds L' = r) ->
  pairing ats needs (snd (built n m)) ds (teval (fst (built n m)) L) = r.
Proof.
  unfold wp, built. intros E H. rewrite <- E. destruct (m (length L)) as [a outs]. auto.
Qed.

(* An environment grew in several steps; a value made earlier is still there. *)
Ltac grows := match goal with
  | |- extends ?L ?L => apply extends_refl
  | H : extends ?M ?N |- extends _ ?N => apply (extends_trans _ M N); [grows | exact H]
  end.
Ltac carry := match goal with
  | H : holds ?L ?v _ |- holds ?L' ?v _ => apply (holds_extends L L'); [grows | exact H]
  end.
